"""A clock that a test advances: no test has to wait for a timer."""


class FakeTimer:
    def __init__(self, clock, then):
        self._clock, self._then, self.due = clock, then, None

    def start(self, ms):
        self.due = self._clock.now_ms + ms

    def stop(self):
        self.due = None

    def isActive(self):
        return self.due is not None

    def ring(self):
        self.due = None
        self._then()


class FakeClock:
    """Stands at 0; `advance` lets every timer ring that is due until then, in their order."""

    def __init__(self):
        self.now_ms, self._timers = 0.0, []

    def now(self):
        return self.now_ms / 1000

    def timer(self, parent, then):
        self._timers.append(FakeTimer(self, then))
        return self._timers[-1]

    def advance(self, ms):
        end = self.now_ms + ms
        while due := [timer for timer in self._timers if timer.isActive() and timer.due <= end]:
            first = min(due, key=lambda timer: timer.due)
            self.now_ms = max(self.now_ms, first.due)
            first.ring()
        self.now_ms = end
