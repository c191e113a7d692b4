"""What a job tells: all of it, or its last word."""


def told(job):
    return [message for message in job if message is not None]


def last(job):
    return told(job)[-1]
