"""Parse XML of a client without DOCTYPE, entities or external references."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat


class UnsafeXmlError(ValueError):
    """The text is no XML, or holds something that no SOAP request may hold."""


def parse(text: bytes) -> Element:
    """The root element; names are ``{namespace}local``. Raises :class:`UnsafeXmlError`."""
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def start(name: str, attributes: dict[str, str]) -> None:
        builder.start(_name(name), {_name(key): value for key, value in attributes.items()})

    def refuse(*_arguments: object) -> None:
        raise UnsafeXmlError("a DOCTYPE is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(_name(name))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise UnsafeXmlError(str(error)) from error
    return builder.close()


def _name(name: str) -> str:
    return "{" + name if "}" in name else name
