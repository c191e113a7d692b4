"""Some of the test images, in the order asked for."""

import numpy as np
import pytest
from made_sessions import dataset_of

from engine.analysis.probes.images import image_of_class, some_images
from engine.core.errors import UserError
from engine.session.session import Session


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


def test_an_image_of_a_class_is_another_one_where_there_is_another():
    labels = np.array([5, 6, 5, 7], np.uint8)
    images = np.arange(4 * 4, dtype=np.uint8).reshape(4, 2, 2)
    data = dataset_of("Small", images, labels, images, labels, "0123456789")
    session = Session(data)
    found = [next(image_of_class(session, 5, chance)) for chance in range(4)]
    assert [each.number for each in found] == [0, 2, 0, 2] and {each.label for each in found} == {5}
    assert np.array_equal(found[1].picture, images[2])
    assert {next(image_of_class(session, 5, chance, besides=2)).number for chance in range(4)} == {0}
    assert next(image_of_class(session, 7, 3, besides=3)).number == 3
    with pytest.raises(UserError, match="There is no test image of class 9"):
        next(image_of_class(session, 9, 0))
