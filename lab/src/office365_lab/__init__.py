"""A laboratory that stands for Odin Automation (OA), its management node and its Windows endpoint hosts.

It shares no code with the collection ``odin.office365``: the two meet only over the wire
(XML-RPC, REST, WS-Management, a shell, files).
"""
