"""TLS with a server, and what gRPC means when it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import Configuration


@attrs.frozen
class SslOptions:
    """TLS: files in PEM format, empty where there is none.

    Attributes
    ----------
    rootCertificates : str
        The authorities that may have signed the server's certificate; empty for those that gRPC knows.
    privateKey, certificateChain : str
        What the client shows of itself, to a server that wants to know.
    """

    rootCertificates: str = ""
    privateKey: str = ""
    certificateChain: str = ""

    def credentials(self) -> Any:
        """For a channel of gRPC.

        Raises
        ------
        Configuration
            A file can't be read.
        """
        import grpc

        return grpc.ssl_channel_credentials(
            root_certificates=self._read("rootCertificates"),
            private_key=self._read("privateKey"),
            certificate_chain=self._read("certificateChain"),
        )

    def _read(self, parameter: str) -> bytes | None:
        path = getattr(self, parameter)
        if not path:
            return None
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise Configuration(f"{parameter} = {path!r} of a server can't be read: {error.strerror}") from error


PROBLEMS = (
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not by an authority in {roots}"),
    ("Hostname Verification", "its certificate is not for {host!r}; give the address that it is for"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS; set useSsl = False, or give another port"),
    ("security handshaker", "rootCertificates, privateKey or certificateChain is not in PEM format"),
)
"""What gRPC says where another try does not help, and what it means."""


def tls_problem(message: str, host: str, ssl: SslOptions | None) -> str:
    """What is wrong with TLS, if a message of gRPC tells; else empty."""
    roots = f"rootCertificates = {ssl.rootCertificates!r}" if ssl and ssl.rootCertificates else "gRPC's own list"
    for sign, meaning in PROBLEMS:
        if sign in message:
            return f"{meaning.format(roots=roots, host=host)} (gRPC: {message})"
    return ""


def tls_hint(message: str, ssl: SslOptions | None) -> str:
    """What may be wrong with TLS if a server closes a new connection at once; it may also just be stopping."""
    if "failed to connect" not in message or "Socket closed" not in message:
        return ""
    return "; it may want the client's certificate (certificateChain)" if ssl else "; it may want TLS (useSsl)"
