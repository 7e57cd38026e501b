"""Messages wait on their link; links can be cut one way, and lose what does not fit."""

from model.network.messages import Network


def test_messages_of_a_link_are_delivered_in_order_unless_asked_otherwise() -> None:
    network = Network().send(1, 2, "first").send(1, 2, "second").send(2, 1, "answer")
    message, rest = network.take(1, 2, 0)
    assert message == "first"
    assert rest.waiting(1, 2) == ("second",)
    assert network.take(1, 2, 1)[0] == "second"


def test_a_cut_is_one_way_and_keeps_what_is_on_the_link() -> None:
    network = Network().send(1, 2, "late").with_cut((1, 2))
    assert network.is_cut(1, 2)
    assert not network.is_cut(2, 1)
    assert network.healed().waiting(1, 2) == ("late",)
    assert not network.healed().is_cut(1, 2)


def test_a_duplicate_follows_the_original() -> None:
    assert Network().send(1, 2, "a").send(1, 2, "b").duplicate(1, 2, 0).waiting(1, 2) == (
        "a",
        "b",
        "a",
    )


def test_a_full_link_loses_what_is_sent_next() -> None:
    assert Network(capacity=1).send(1, 2, "a").send(1, 2, "b").waiting(1, 2) == ("a",)


def test_an_empty_network_is_equal_to_a_fresh_one() -> None:
    assert Network().send(1, 2, "a").take(1, 2, 0)[1] == Network()


def test_all_that_is_on_its_way_to_a_dead_process_is_lost() -> None:
    network = Network().send(1, 2, "a").send(3, 2, "b").send(2, 1, "c").without(2)
    assert list(network.in_flight()) == [((2, 1), 0, "c")]
