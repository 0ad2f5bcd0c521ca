"""What librdkafka and the brokers complain about, as errors with a way out. None of them holds a password."""

from __future__ import annotations

import re

from confluent_kafka import KafkaError

from connectors.far.line import no_tls, unreachable
from connectors.kf.place import Place
from core.errors import AssayError, ConnectError, DataError
from core.words import Msg, msg


class Busy(ConnectError):
    """A leader or a coordinator is being chosen: worth another attempt."""


BUSY = frozenset(
    (
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_CONTROLLER,
        KafkaError._NOENT,  # the driver's "No leaders found", said of a broker that has just gone
    )
)
MISSING = frozenset((KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION))
AUTH = frozenset((KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.UNSUPPORTED_SASL_MECHANISM))
RIGHTS = frozenset(
    (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    )
)
DOWN = frozenset((KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._MSG_TIMED_OUT))
TELLING = AUTH | {KafkaError._SSL, KafkaError._RESOLVE}
"""Errors that no waiting mends."""


def failed(place: Place, error: KafkaError, name: str) -> AssayError:
    """The error for what the driver said while it worked on `name` (a topic, or the servers themselves)."""
    code, said = error.code(), words_of(place, error)
    if code in MISSING:
        return no_topic(place, name)
    if code in AUTH:
        return not_signed_in(place, said)
    if code in RIGHTS:
        return ConnectError(
            msg("{user} may not use {name}", user=place.user or "—", name=name),
            said,
            msg("Ask the administrator for the right to it (an ACL), or connect as another user."),
        )
    if code == KafkaError._SSL:
        return no_tls(place.address, place.without_secret(_plain(error)))
    if code == KafkaError._RESOLVE:
        return ConnectError(
            msg("A server of {address} was not found", address=place.address),
            said,
            msg("Check the names. Brokers are found under the names they give themselves (advertised.listeners)."),
        )
    if code in BUSY:
        return Busy(msg("{name} has no leader just now", name=name), said, msg("Wait a moment and try again."))
    if code in DOWN:
        return unreachable(place.address, refused="refused" in error.str().lower())
    return _of_data(error, said, name)


def _of_data(error: KafkaError, said: Msg, name: str) -> AssayError:
    code = error.code()
    if code == KafkaError.MSG_SIZE_TOO_LARGE:
        return DataError(
            msg("A row is too large for {name}", name=name),
            said,
            msg("Drop the large column before the sink, or raise max.message.bytes of the topic. Nothing was written."),
        )
    if code in (KafkaError.INVALID_RECORD, KafkaError.INVALID_MSG):
        return DataError(
            msg("{name} does not take messages without a key", name=name),
            said,
            msg("It keeps the last message of each key: name the key columns in the sink. Nothing was written."),
        )
    if code in (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.INVALID_TXN_STATE):
        return ConnectError(
            msg("The broker ended the transaction on {name}", name=name),
            msg("It lasted longer than the broker allows, or the broker lost sight of it."),
            msg("Start again; write fewer rows at once where that does not help. Nothing was written."),
        )
    if code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        return DataError(
            msg("Messages of {name} were deleted while they were read", name=name),
            msg("What the reading began with is not kept any more (retention)."),
            msg("Start again: it begins with the oldest message that is there."),
        )
    return ConnectError(msg("Kafka refused {name}", name=name), said, msg("Change what it complains about, and start again."))


def no_topic(place: Place, name: str) -> DataError:
    return DataError(
        msg("There is no topic {name} on {address}", name=name, address=place.address),
        msg("It was deleted, or its name is written in another way, or it is not visible to this user."),
        msg("Browse the connection again and pick the topic anew. Names distinguish capitals."),
    )


def not_signed_in(place: Place, said: Msg) -> ConnectError:
    if not place.signs_in:
        return ConnectError(
            msg("{address} does not let anybody in like this", address=place.address),
            said,
            msg("Choose another security protocol: the broker may want a user and a password (SASL)."),
        )
    return ConnectError(
        msg("{address} did not accept the user {user} with this password", address=place.address, user=place.user),
        said,
        msg("Check the user, the password and the mechanism. A password that was changed must be entered anew."),
    )


def broken_off(place: Place, name: str, error: KafkaError | None = None) -> ConnectError:
    """The way to the brokers broke in the middle of the work on `name`."""
    return ConnectError(
        msg("The connection to {address} broke off", address=place.address),
        words_of(place, error) if error is not None else msg("Nothing more of {name} came.", name=name),
        msg("Check that the brokers are still running, and start again. Nothing half-done was kept."),
    )


def words_of(place: Place, error: KafkaError) -> Msg:
    """The driver's own words without its addresses and without a password."""
    text = " ".join(place.without_secret(_plain(error)).split())
    return msg("Kafka said: {text}", text=text[:300]) if text else msg("Kafka gave no reason that can be shown.")


def _plain(error: KafkaError) -> str:
    text = re.sub(r"^\w+://\S+?: ", "", error.str() or error.name())
    return re.sub(r" \(after \d+ms in state \w+\)", "", re.sub(r"^(Broker|Local): ", "", text))
