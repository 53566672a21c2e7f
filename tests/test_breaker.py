"""The breaker: closed, open after N failures in a row, one probe at a time, closed again."""

from resolvers.breaker import Breaker, BreakerState, Pass


class Hand:
    """A clock turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def state(breaker: Breaker) -> BreakerState:
    return breaker.state


def opened(hand: Hand, threshold: int = 3) -> Breaker:
    breaker = Breaker(threshold, 2.0, hand)
    for _ in range(threshold):
        assert breaker.admit() is Pass.CALL
        breaker.failed(Pass.CALL)
    return breaker


def test_it_opens_at_the_threshold_and_not_before() -> None:
    breaker = Breaker(3, 2.0, Hand())
    for _ in range(2):
        breaker.failed(Pass.CALL)
    assert state(breaker) is BreakerState.CLOSED
    breaker.failed(Pass.CALL)
    assert state(breaker) is BreakerState.OPEN
    assert breaker.admit() is None


def test_a_success_between_failures_starts_the_count_again() -> None:
    breaker = Breaker(3, 2.0, Hand())
    for _ in range(5):
        breaker.failed(Pass.CALL)
        breaker.failed(Pass.CALL)
        breaker.succeeded(Pass.CALL)
    assert state(breaker) is BreakerState.CLOSED


def test_after_the_pause_exactly_one_probe_goes_through() -> None:
    hand = Hand()
    breaker = opened(hand)
    hand.now += 1.999
    assert breaker.admit() is None
    hand.now += 0.001
    assert state(breaker) is BreakerState.HALF_OPEN
    assert [breaker.admit() for _ in range(4)] == [Pass.PROBE, None, None, None]


def test_a_good_probe_closes() -> None:
    hand = Hand()
    breaker = opened(hand)
    hand.now += 2
    assert breaker.admit() is Pass.PROBE
    breaker.succeeded(Pass.PROBE)
    assert state(breaker) is BreakerState.CLOSED
    breaker.failed(Pass.CALL)
    breaker.failed(Pass.CALL)
    assert state(breaker) is BreakerState.CLOSED


def test_a_bad_probe_opens_for_another_full_pause() -> None:
    hand = Hand()
    breaker = opened(hand)
    hand.now += 2
    assert breaker.admit() is Pass.PROBE
    hand.now += 1
    breaker.failed(Pass.PROBE)
    hand.now += 1.999
    assert breaker.admit() is None
    hand.now += 0.001
    assert breaker.admit() is Pass.PROBE


def test_a_probe_that_was_abandoned_makes_room_for_the_next() -> None:
    hand = Hand()
    breaker = opened(hand)
    hand.now += 2
    assert breaker.admit() is Pass.PROBE
    breaker.undecided(Pass.PROBE)
    assert breaker.admit() is Pass.PROBE


def test_late_answers_of_earlier_calls_decide_nothing_while_open() -> None:
    hand = Hand()
    breaker = opened(hand)
    breaker.succeeded(Pass.CALL)
    assert state(breaker) is BreakerState.OPEN
    hand.now += 1
    breaker.failed(Pass.CALL)
    hand.now += 1
    assert breaker.admit() is Pass.PROBE
