"""Some of the test images, in the order asked for."""

import numpy as np

from engine.probes.images import some_images


def test_the_images_come_in_the_order_that_was_asked_for(session):
    (told,) = some_images(session, [7, 3, 3])
    data = session.data()
    assert told.numbers.tolist() == [7, 3, 3]
    np.testing.assert_array_equal(told.pictures, data.test_images[[7, 3, 3]])
    np.testing.assert_array_equal(told.labels, data.test_labels[[7, 3, 3]])
    assert not told.pictures.flags.writeable


def test_numbers_that_the_data_set_does_not_have_are_left_out(session):
    (told,) = some_images(session, [-1, 89, 90, 2])
    assert told.numbers.tolist() == [89, 2]
    (none,) = some_images(session, [])
    assert none.pictures.shape == (0, 8, 8)
