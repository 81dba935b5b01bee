"""PowerShell runspace pools (PSRP): psrpcore speaks the protocol, this carries its fragments in WS-Man."""

from __future__ import annotations

import base64
import threading
import traceback
import uuid
from typing import Any

import psrpcore

from office365_lab.windows import wsman
from office365_lab.windows.execute import Reply, execute
from office365_lab.windows.host import Host
from office365_lab.windows.shells import ConnectionLostError, Shell, timed_out, wait_seconds
from office365_lab.windows.wsman import RSP, Request, WsmanError

_FRAGMENT_BYTES = 120_000
_FRAGMENTS_A_RECEIVE = 3  # clients demand whole fragments, so an answer is never cut in the middle of one


class _Pipeline:
    def __init__(self, server_side: Any) -> None:
        self.server_side = server_side
        self.metadata: Any = None
        self.input: list[bytes] = []
        self.done = False
        self.lost = False


class PsrpShell(Shell):
    """One runspace pool with its pipelines. One lock covers psrpcore and the output that waits."""

    output_streams = "stdout"

    def __init__(self, host: Host, client: str, request: Request) -> None:
        element = request.find("Shell")
        super().__init__(host, client, element.get("ShellId"))
        self._pool = psrpcore.ServerRunspacePool()
        self._changed = threading.Condition()
        self._output: dict[str | None, list[bytes]] = {None: []}
        self._pipelines: dict[str, _Pipeline] = {}
        self._session: dict[str, Any] = {}
        creation = element.findtext(f"{{{wsman.POWERSHELL}}}creationXml")
        if not creation:
            raise WsmanError(wsman.BAD_REQUEST, "a runspace pool needs creationXml")
        self._feed(base64.b64decode(creation), None)

    def command(self, request: Request) -> bytes:
        """Make a pipeline; its first fragments are the arguments."""
        element = request.find("CommandLine")
        command_id = (element.get("CommandId") or str(uuid.uuid4())).upper()
        with self._changed:
            self._pipelines[command_id] = _Pipeline(psrpcore.ServerPipeline(self._pool, uuid.UUID(command_id)))
            self._output.setdefault(command_id, [])
        arguments = "".join(argument.text or "" for argument in element.findall(RSP + "Arguments"))
        self._feed(base64.b64decode(arguments), command_id)
        return wsman.command_created(request, command_id)

    def send(self, request: Request) -> bytes:
        """More fragments, of the pool or of a pipeline."""
        for stream in request.body.iter(RSP + "Stream"):
            self._feed(base64.b64decode(stream.text or ""), stream.get("CommandId"))
        return wsman.sent(request)

    def receive(self, request: Request) -> bytes:
        """Some whole fragments."""
        command_id = request.find("Receive/DesiredStream").get("CommandId")
        key = command_id.upper() if command_id else None
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_news(key), timeout=wait_seconds(request)):
                raise timed_out()
            pipeline = self._pipelines.get(key) if key else None
            if pipeline is not None and pipeline.lost:
                raise ConnectionLostError
            waiting = self._output.get(key, [])
            data = b"".join(waiting[:_FRAGMENTS_A_RECEIVE])
            del waiting[:_FRAGMENTS_A_RECEIVE]
            done = pipeline is not None and pipeline.done and not waiting
        return wsman.received(request, command_id, [("stdout", data)], done=done, exit_code=0 if done else None)

    def signal(self, request: Request) -> bytes:
        """Forget a pipeline."""
        command_id = request.find("Signal").get("CommandId", "").upper()
        with self._changed:
            if self._pipelines.pop(command_id, None) is not None:
                self._pool.pipeline_table.pop(uuid.UUID(command_id), None)
            self._output.pop(command_id, None)
        return wsman.signalled(request)

    def _has_news(self, key: str | None) -> bool:
        pipeline = self._pipelines.get(key) if key else None
        return bool(self._output.get(key)) or (pipeline is not None and (pipeline.lost or pipeline.done))

    def _feed(self, data: bytes, command_id: str | None) -> None:
        with self._changed:
            owner = uuid.UUID(command_id) if command_id else None
            self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, owner))
            while (event := self._pool.next_event()) is not None:
                pipeline = self._pipelines.get(str(event.pipeline_id).upper()) if event.pipeline_id else None
                if pipeline is not None:
                    self._take(pipeline, event)
            self._flush()

    def _take(self, pipeline: _Pipeline, event: Any) -> None:
        if isinstance(event, psrpcore.CreatePipelineEvent):
            pipeline.metadata = event.pipeline
            if event.pipeline.no_input:
                self._start(pipeline)
        elif isinstance(event, psrpcore.PipelineInputEvent):
            pipeline.input.append(str(event.data).encode())
        elif isinstance(event, psrpcore.EndOfPipelineInputEvent):
            self._start(pipeline)

    def _flush(self) -> None:
        while (out := self._pool.data_to_send(_FRAGMENT_BYTES)) is not None:
            key = str(out.pipeline_id).upper() if out.pipeline_id else None
            self._output.setdefault(key, []).append(bytes(out.data))
        self._changed.notify_all()

    def _start(self, pipeline: _Pipeline) -> None:
        threading.Thread(target=self._work, args=(pipeline,), daemon=True).start()

    def _work(self, pipeline: _Pipeline) -> None:
        try:
            first = pipeline.metadata.commands[0]
            reply = execute(
                self.host,
                first.command_text,
                b"\n".join(pipeline.input),
                client=self.client,
                arguments=[value for _name, value in first.parameters],
                session=self._session,
            )
        except Exception as error:  # a thread has nobody above it, and the client must not wait for ever
            traceback.print_exc()
            reply = Reply(exit_code=1, stderr=f"office365-lab has a fault of its own: {error!r}")
        with self._changed:
            if reply.lost:
                pipeline.lost = True
            else:
                self._finish(pipeline.server_side, reply)
                pipeline.done = True
            self._flush()

    @staticmethod
    def _finish(server_side: Any, reply: Reply) -> None:
        methods = psrpcore.types.HostMethodIdentifier
        server_side.start()
        for line in reply.lines:
            server_side.write_output(line)
        if reply.stderr and not reply.refused:
            server_side.host_call(methods.WriteErrorLine, [reply.stderr.rstrip()])
        if reply.exit_code:
            server_side.host_call(methods.SetShouldExit, [reply.exit_code])
        if not reply.refused:
            server_side.complete()
            return
        error = psrpcore.types.ErrorRecord(
            Exception=psrpcore.types.NETException(Message=reply.stderr.strip()),
            CategoryInfo=psrpcore.types.ErrorCategoryInfo(),
        )
        failed = int(psrpcore.types.PSInvocationState.Failed)
        server_side.prepare_message(psrpcore.types.PipelineState(PipelineState=failed, ExceptionAsErrorRecord=error))
