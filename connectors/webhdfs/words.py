"""What went wrong with an HDFS, in our words."""

from __future__ import annotations

from connectors.far import line
from connectors.far.system import Busy
from connectors.webhdfs.place import Place
from connectors.webhdfs.trouble import Trouble
from core.errors import AssayError, ConnectError, DataError, UnsupportedError
from core.words import Msg, msg


class Denied(ConnectError):
    """Signed in, and not allowed."""


class SafeMode(ConnectError):
    """The NameNode changes nothing for now."""


def said(place: Place, error: Exception, path: str) -> AssayError:
    """An exception of the client on a path. Raises `Busy` for what passes by itself."""
    where = f"{place.address.name}/{path}".rstrip("/")
    if isinstance(error, TimeoutError):
        return line.unreachable(place.address.name, refused=False)
    if not isinstance(error, Trouble):
        return _other(where, place.without_secret(" ".join(str(error).split()))[:200])
    if error.kinds[:1] == ("busy",) or "RetriableException" in error.kinds:
        raise Busy(error.kinds[0])
    return _of_the_line(place, error) or _of_the_node(place, error) or _of_the_path(place, error, where)


def _of_the_line(place: Place, error: Trouble) -> AssayError | None:
    """What went wrong before anybody spoke WebHDFS."""
    kind = error.kinds[0] if error.kinds else ""
    if error.data and kind in ("name", "refused", "silent", "cut"):
        return _no_data_node(error.node, kind)
    if kind == "name":
        return line.unknown(place.address.host)
    if kind in ("refused", "silent"):
        return line.unreachable(error.node, refused=kind == "refused")
    if kind == "tls":
        return line.no_tls(error.node, error.text)
    if kind == "plain":
        return ConnectError(
            msg("{address} would send the data over an open line", address=place.address.name),
            msg("It is encrypted itself, and sends on to {node}, which is not.", node=error.node),
            msg("Set dfs.http.policy to HTTPS_ONLY on the DataNodes, or use the address with http:// on a network you trust."),
        )
    if kind == "ipc":
        return ConnectError(
            msg("{address} is the port of Hadoop's own protocol", address=place.address.name),
            msg("It is the RPC port of the NameNode (8020, or 9000 in older setups). Assay speaks WebHDFS, which has another."),
            msg("Give the HTTP port of the NameNode: 9870, or 9871 with https://. The setting is dfs.namenode.http-address."),
        )
    if kind in ("cut", "no-webhdfs"):
        return ConnectError(
            msg("{address} does not speak WebHDFS", address=error.node),
            msg("What came back was no answer of a NameNode, or the line was cut before one came."),
            msg(
                "Check the port (9870, or 9871 with https://), and for a gateway the path, such as https://gateway:8443/gateway/default."
            ),
        )
    return None


def _no_data_node(node: str, kind: str) -> ConnectError:
    why = {
        "name": msg("The NameNode sends on to it by this name, and no address is known for the name here."),
        "refused": msg("The NameNode sends on to it, and nobody listens on this port."),
        "silent": msg("The NameNode sends on to it, and nothing came back in the time that is allowed for it."),
        "cut": msg("The line was cut in the middle of the transfer: it may have stopped."),
    }
    return ConnectError(
        msg("The DataNode {node} is not reached", node=node),
        why[kind],
        msg(
            "The bytes of files come from the DataNodes themselves: check that they run and that this machine knows their names and "
            "may reach their HTTP port (9864). Where they have another address from here, give it in the field {name}.",
            name="data_host",
        ),
    )


def _of_the_node(place: Place, error: Trouble) -> AssayError | None:
    """What a NameNode says of itself or of who asks, whatever the path."""
    address, kinds = place.address.name, set(error.kinds)
    if kinds & {"StandbyException", "ObserverRetryOnActiveException"}:
        return ConnectError(
            msg("{address} is a standby NameNode", address=address),
            msg("It keeps itself ready to take over and answers no questions until then."),
            msg("Give the address of the active one; hdfs haadmin -getAllServiceState says which it is."),
        )
    if "SafeModeException" in kinds:
        return SafeMode(
            msg("The NameNode {address} is in safe mode", address=address),
            msg("It changes nothing until enough DataNodes have told it what they hold, or until an administrator lets it."),
            msg("After a start it ends by itself: try again in a minute. Else hdfs dfsadmin -safemode leave ends it."),
        )
    if "negotiate" in kinds and place.sign_in == "user":
        return ConnectError(
            msg("{address} wants Kerberos", address=address),
            msg("A name alone is not enough there, and Assay does not speak Kerberos (SPNEGO) itself."),
            msg("Sign in with a delegation token (hdfs fetchdt prints one), or go through a gateway with a password."),
        )
    if kinds & {"sign-in", "negotiate", "InvalidToken", "SecurityException", "AuthenticationException"}:
        return ConnectError(
            msg("{address} did not accept who we are", address=address),
            msg("The server said: {text}", text=error.text or "401"),
            msg("Check the user and the password or the token; a delegation token ends after a day unless it is renewed."),
        )
    if "Invalid operation" in error.text:  # what a DataNode says to all that is not about bytes
        return ConnectError(
            msg("{address} is no NameNode", address=address),
            msg("A DataNode listens there: it gives bytes of files, and knows nothing of their names."),
            msg("Give the HTTP port of the NameNode: 9870, or 9871 with https://. The setting is dfs.namenode.http-address."),
        )
    if "Failed to find datanode" in error.text or "could only be written to 0" in error.text:
        return ConnectError(
            msg("The HDFS at {address} has no DataNode for these bytes", address=address),
            msg("No DataNode is up, or none has room."),
            msg("Look at hdfs dfsadmin -report: it lists the DataNodes and what is free on them."),
        )
    return None


def _of_the_path(place: Place, error: Trouble, where: str) -> AssayError:
    kinds = set(error.kinds)
    if kinds & {"FileNotFoundException", "NoSuchFileException"}:
        return ConnectError(
            msg("There is nothing at {path}", path=where),
            msg("No file or folder has this path there, or none fits the pattern."),
            msg("Check the spelling (capitals count), and browse the connection from its top."),
        )
    if "AccessControlException" in kinds:
        return Denied(
            msg("{path} may not be read or written", path=where),
            msg("The server said: {text}", text=error.text),
            msg(
                "Ask for the right (hdfs dfs -chmod or -setfacl: r and x to read in a folder, w to write), or sign in as somebody else."
            ),
        )
    if kinds & {"QuotaExceededException", "NSQuotaExceededException", "DSQuotaExceededException"}:
        return DataError(
            msg("{path} is full", path=where),
            msg("The server said: {text}", text=error.text),
            msg("Delete something there, or ask for a larger quota (hdfs dfsadmin -setSpaceQuota). What was there is as it was."),
        )
    if "BlockMissingException" in kinds or "Could not obtain block" in error.text:
        return ConnectError(
            msg("{path} has parts that no DataNode gives", path=where),
            msg("The DataNodes that hold them are down, or the parts are lost."),
            msg("Look at hdfs fsck with the path, and start the DataNodes that it names."),
        )
    if "no-overwrite" in kinds:
        return UnsupportedError(
            msg("{path} cannot be replaced in one step", path=where),
            msg(
                "The server does not rename a file over another (a gateway such as HttpFS), and in two steps its rows could be lost."
            ),
            msg("Use the address of the NameNode itself, or write to a new name. What was there is as it was."),
        )
    return _other(where, error.text)


def _other(where: str, text: str | Msg) -> ConnectError:
    return ConnectError(
        msg("{path} could not be used", path=where),
        msg("The server said: {text}", text=text or "—"),
        msg("Check the address and the path."),
    )
