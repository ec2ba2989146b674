"""Generated from server/contract by scripts/generate-protocol.mjs. Do not edit."""

from typing import Any, Literal, TypedDict

from typing_extensions import NotRequired

PROTOCOL_VERSION = 1
FRAME_JSON = 74
FRAME_ARROW = 65
FRAME_HEADER_BYTES = 5
MAX_FRAME_BYTES = 268435456
SQLFLUFF_DIALECTS: dict[str, str] = {
    "athena": "athena",
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "databricks",
    "duckdb": "duckdb",
    "fabric": "tsql",
    "postgres": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "spark": "sparksql",
    "sqlserver": "tsql",
    "trino": "trino",
}


class CancelResult(TypedDict):
    found: bool


class LineageEdgeSource(TypedDict):
    uniqueId: str
    column: str


class LineageEdgeTarget(TypedDict):
    uniqueId: str
    column: str


class LineageEdge(TypedDict):
    source: LineageEdgeSource
    target: LineageEdgeTarget
    kind: Literal["passed", "renamed", "transformed", "aggregated"]


class ColumnUseSource(TypedDict):
    uniqueId: str
    column: str


class ColumnUse(TypedDict):
    source: ColumnUseSource
    target: str
    kind: Literal["join", "filter", "group", "order"]


class ColumnLineageResultUnresolvedItem(TypedDict):
    uniqueId: str
    column: str
    reason: str


class ColumnLineageResult(TypedDict):
    graphVersion: int
    pending: bool
    truncated: bool
    edges: list[LineageEdge]
    uses: list[ColumnUse]
    unresolved: list[ColumnLineageResultUnresolvedItem]


ErrorCode = Literal["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "INVALID_INPUT", "CONFLICT", "POLICY_OFF", "LIMIT_REACHED", "DBT_ERROR", "WAREHOUSE_ERROR", "WAREHOUSE_BUSY", "GIT_ERROR", "PROVIDER_ERROR", "WORKER_LOST", "CANCELLED", "TIMEOUT", "SANDBOX_UNAVAILABLE", "INTERNAL"]


class SourceRange(TypedDict):
    path: str
    line: int
    column: int
    endLine: int | None
    endColumn: int | None


class ErrorBody(TypedDict):
    code: ErrorCode
    message: str
    hint: str | None
    location: SourceRange | None
    details: dict[str, Any]
    reference: str | None


class CompileResult(TypedDict):
    uniqueId: str | None
    version: int
    sql: str | None
    lastGoodSql: str | None
    error: ErrorBody | None
    introspective: bool
    stale: bool
    dependsOn: list[str]
    milliseconds: float


class CredentialsFrame(TypedDict):
    type: Literal["credentials"]
    secrets: dict[str, str]
    environmentVariables: dict[str, str]


DeferMode = Literal["off", "on", "favorState"]


class DeferResult(TypedDict):
    mode: DeferMode
    nodes: int
    dbtVersion: str | None
    generatedAt: str | None


class Diagnostic(TypedDict):
    severity: Literal["error", "warning"]
    code: Literal["missing-ref", "missing-source", "disabled", "cycle", "duplicate", "unknown-column", "missing-node", "missing-column"]
    message: str
    line: int
    column: int
    endLine: int
    endColumn: int
    suggestions: list[str]
    readAt: NotRequired[str]


class FileDiagnostics(TypedDict):
    path: str
    problems: list[Diagnostic]


class DiagnosticsResult(TypedDict):
    graphVersion: int
    pending: bool
    files: list[FileDiagnostics]


class EventProgress(TypedDict):
    type: Literal["progress"]
    phase: str
    done: float
    total: float | None


class EventReady(TypedDict):
    type: Literal["ready"]
    pid: int
    dbtVersion: str
    adapter: str
    models: int
    graphVersion: int
    fromTemplate: bool
    error: ErrorBody | None


class EventGraphReading(TypedDict):
    done: int
    total: int


class EventGraph(TypedDict):
    type: Literal["graph"]
    graphVersion: int
    models: int
    pending: bool
    reading: EventGraphReading | None
    error: ErrorBody | None


class EventLineage(TypedDict):
    type: Literal["lineage"]
    graphVersion: int
    done: int
    total: int


class EventQueryEnded(TypedDict):
    type: Literal["queryEnded"]
    queryId: str
    pid: int
    outcome: Literal["complete", "limited", "failed", "cancelled", "lost"]
    rows: int
    bytes: int
    milliseconds: float
    writeBytes: int
    peakMemoryKb: int
    error: ErrorBody | None


class EventFatal(TypedDict):
    type: Literal["fatal"]
    error: ErrorBody


Event = EventProgress | EventReady | EventGraph | EventLineage | EventQueryEnded | EventFatal


class FilesChangedResult(TypedDict):
    graphVersion: int
    pending: bool


class FormatResult(TypedDict):
    version: int
    formatter: Literal["sqlfmt", "sqlfluff"]
    text: str


class WorkerLimits(TypedDict):
    sessionMemoryMb: int
    queryMemoryMb: int
    sessionCpuSeconds: int
    queryCpuSeconds: int
    silenceSeconds: int


class SessionHelloEnvironment(TypedDict):
    adapter: str
    target: str
    schema: str
    threads: int
    settings: dict[str, str | float | bool]


class SessionHelloEgressItem(TypedDict):
    host: str
    port: int


class SessionHello(TypedDict):
    type: Literal["hello"]
    protocol: Literal[1]
    kind: Literal["session"]
    session: str
    organisation: str
    project: str
    user: str
    projectRoot: str
    shareRoot: str
    workspaceRoot: str
    commit: str | None
    ancestors: NotRequired[list[str]]
    environment: SessionHelloEnvironment
    vars: dict[str, Any]
    limits: WorkerLimits
    readableFiles: list[str]
    egress: list[SessionHelloEgressItem]


class QueryHello(TypedDict):
    type: Literal["hello"]
    protocol: Literal[1]
    kind: Literal["query"]
    session: str


class StatusHello(TypedDict):
    type: Literal["hello"]
    protocol: Literal[1]
    kind: Literal["status"]


Hello = SessionHello | QueryHello | StatusHello


class IndexCheck(TypedDict):
    test: str
    packageName: str | None
    node: str | None
    column: str | None


class IndexNodeColumnsItem(TypedDict):
    name: str
    type: str | None
    description: str


class IndexNode(TypedDict):
    uniqueId: str
    name: str
    resourceType: str
    packageName: str
    path: str
    patchPath: str | None
    line: int | None
    relation: str | None
    materialized: str | None
    description: str
    tags: list[str]
    columns: list[IndexNodeColumnsItem]
    dependsOn: list[str]
    sourceName: str | None
    version: str | None
    owner: str | None
    freshness: str | None
    checks: IndexCheck | None


class IndexParameter(TypedDict):
    name: str
    default: str | None
    type: str | None
    description: str


class IndexMacro(TypedDict):
    uniqueId: str
    name: str
    packageName: str
    path: str
    line: int | None
    arguments: list[str]
    parameters: list[IndexParameter]
    description: str


class IndexDoc(TypedDict):
    name: str
    packageName: str
    path: str
    text: str


class IndexChanges(TypedDict):
    nodes: list[IndexNode]
    macros: list[IndexMacro]
    gone: list[str]
    docs: list[IndexDoc] | None


class ProjectIndex(TypedDict):
    projectName: str
    adapter: str
    version: int
    nodes: list[IndexNode]
    macros: list[IndexMacro]
    docs: list[IndexDoc]
    vars: list[str]
    modelPaths: list[str]


class IndexPartsBase(TypedDict):
    key: str
    names: str | None
    rest: str | None


class IndexParts(TypedDict):
    version: int
    base: IndexPartsBase | None
    prefixes: list[str]
    changes: IndexChanges | None
    whole: ProjectIndex | None


class LintResultProblemsItemEditsItem(TypedDict):
    line: int
    column: int
    endLine: int
    endColumn: int
    text: str


class LintResultProblemsItem(TypedDict):
    code: str
    rule: str
    message: str
    severity: Literal["warning", "info"]
    line: int
    column: int
    endLine: int | None
    endColumn: int | None
    edits: list[LintResultProblemsItemEditsItem]


class LintResult(TypedDict):
    version: int
    configured: bool
    problems: list[LintResultProblemsItem]


class NodeColumnsColumnsItemSourcesItem(TypedDict):
    uniqueId: str
    column: str
    kind: Literal["passed", "renamed", "transformed", "aggregated"]


class NodeColumnsColumnsItem(TypedDict):
    name: str
    type: NotRequired[str]
    sources: list[NodeColumnsColumnsItemSourcesItem]
    unresolved: list[str]


class NodeColumns(TypedDict):
    uniqueId: str
    complete: bool
    pending: bool
    columns: list[NodeColumnsColumnsItem]
    uses: list[ColumnUse]
    readAt: NotRequired[str]
    open: list[str]
    unresolved: list[str]


class ModelColumnsResult(TypedDict):
    graphVersion: int
    pending: bool
    done: int
    total: int
    nodes: list[NodeColumns]


class OverlayResult(TypedDict):
    graphVersion: int
    pending: bool


class PingResult(TypedDict):
    pass


class PreviewedStatement(TypedDict):
    kind: Literal["statement"]


class PreviewedCte(TypedDict):
    kind: Literal["cte"]
    name: str
    occurrence: int


class PreviewedFailures(TypedDict):
    kind: Literal["failures"]
    uniqueId: str


class PreviewedRelation(TypedDict):
    kind: Literal["relation"]
    uniqueId: str


class PreviewedNamed(TypedDict):
    kind: Literal["named"]
    database: str | None
    schema: str
    name: str


Previewed = PreviewedStatement | PreviewedCte | PreviewedFailures | PreviewedRelation | PreviewedNamed


class PreviewWhatStatement(TypedDict):
    kind: Literal["statement"]


class PreviewWhatCte(TypedDict):
    kind: Literal["cte"]
    name: str
    occurrence: int


class PreviewWhatFailures(TypedDict):
    kind: Literal["failures"]
    uniqueId: str


class PreviewWhatRelation(TypedDict):
    kind: Literal["relation"]
    uniqueId: str


class PreviewWhatNamed(TypedDict):
    kind: Literal["named"]
    database: str | None
    schema: str
    name: str


class PreviewWhatCatalog(TypedDict):
    kind: Literal["catalog"]


class PreviewWhatCatalogColumns(TypedDict):
    kind: Literal["catalogColumns"]
    database: str | None
    schema: str
    name: str


class PreviewWhatVerdict(TypedDict):
    kind: Literal["verdict"]
    uniqueId: str


class PreviewWhatVerdicts(TypedDict):
    kind: Literal["verdicts"]
    uniqueId: str


class PreviewWhatCount(TypedDict):
    kind: Literal["count"]
    of: Previewed


class PreviewWhatProfile(TypedDict):
    kind: Literal["profile"]
    of: Previewed
    column: str


class PreviewWhatProfiles(TypedDict):
    kind: Literal["profiles"]
    of: Previewed


class PreviewWhatDistinct(TypedDict):
    kind: Literal["distinct"]
    of: Previewed
    column: str


PreviewWhat = PreviewWhatStatement | PreviewWhatCte | PreviewWhatFailures | PreviewWhatRelation | PreviewWhatNamed | PreviewWhatCatalog | PreviewWhatCatalogColumns | PreviewWhatVerdict | PreviewWhatVerdicts | PreviewWhatCount | PreviewWhatProfile | PreviewWhatProfiles | PreviewWhatDistinct


class PreviewLimits(TypedDict):
    rows: int
    bytes: int
    seconds: int


class QueryFrame(TypedDict):
    type: Literal["query"]
    queryId: str
    path: str | None
    sql: str | None
    text: str | None
    what: PreviewWhat | None
    limits: PreviewLimits


class OverlayChange(TypedDict):
    path: str
    text: str | None
    deleted: bool
    version: int


class IndexWanted(TypedDict):
    known: str | None
    part: Literal["names", "rest", "all"]


class RequestOverlayParams(TypedDict):
    changes: list[OverlayChange]


class RequestOverlay(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["overlay"]
    params: RequestOverlayParams


class RequestFilesChangedParams(TypedDict):
    paths: list[str]


class RequestFilesChanged(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["filesChanged"]
    params: RequestFilesChangedParams


class RequestCompileParams(TypedDict):
    path: str | None
    uniqueId: str | None
    sql: str | None
    version: int
    allowWarehouse: bool


class RequestCompile(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["compile"]
    params: RequestCompileParams


class RequestIndexParams(TypedDict):
    pass


class RequestIndex(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["index"]
    params: RequestIndexParams


class RequestIndexParts(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["indexParts"]
    params: IndexWanted


class RequestCancelParams(TypedDict):
    queryId: str


class RequestCancel(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["cancel"]
    params: RequestCancelParams


class RequestDeferParams(TypedDict):
    mode: DeferMode
    manifest: str | None


class RequestDefer(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["defer"]
    params: RequestDeferParams


class RequestPingParams(TypedDict):
    pass


class RequestPing(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["ping"]
    params: RequestPingParams


class RequestLintParams(TypedDict):
    path: str
    version: int


class RequestLint(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["lint"]
    params: RequestLintParams


class RequestFormatParams(TypedDict):
    path: str
    version: int


class RequestFormat(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["format"]
    params: RequestFormatParams


class RequestColumnLineageParams(TypedDict):
    uniqueId: str
    column: str
    upstream: bool
    downstream: bool
    limit: int


class RequestColumnLineage(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["columnLineage"]
    params: RequestColumnLineageParams


class RequestModelColumnsParams(TypedDict):
    uniqueIds: list[str]


class RequestModelColumns(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["modelColumns"]
    params: RequestModelColumnsParams


class RequestSelectParams(TypedDict):
    select: str
    exclude: str


class RequestSelect(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["select"]
    params: RequestSelectParams


class RequestDiagnosticsParams(TypedDict):
    paths: list[str]


class RequestDiagnostics(TypedDict):
    type: Literal["request"]
    id: int
    method: Literal["diagnostics"]
    params: RequestDiagnosticsParams


Request = RequestOverlay | RequestFilesChanged | RequestCompile | RequestIndex | RequestIndexParts | RequestCancel | RequestDefer | RequestPing | RequestLint | RequestFormat | RequestColumnLineage | RequestModelColumns | RequestSelect | RequestDiagnostics


class Response(TypedDict):
    type: Literal["response"]
    id: int
    result: Any | None
    error: ErrorBody | None


class RowsHeadColumnsItem(TypedDict):
    name: str
    type: str


class RowsHead(TypedDict):
    type: Literal["head"]
    queryId: str
    columns: list[RowsHeadColumnsItem]
    sql: str


class RowsTailMilliseconds(TypedDict):
    compile: float
    connect: float
    execute: float
    total: float


class RowsTail(TypedDict):
    type: Literal["tail"]
    outcome: Literal["complete", "limited", "failed"]
    limit: Literal["rows", "bytes", "seconds"] | None
    rows: int
    bytes: int
    milliseconds: RowsTailMilliseconds
    error: ErrorBody | None


RowsMessage = RowsHead | RowsTail


class RunnerStatusSandbox(TypedDict):
    layers: list[str]
    landlockAbi: int
    missing: list[str]


class RunnerStatus(TypedDict):
    type: Literal["status"]
    pid: int
    dbtVersion: str
    adapters: list[str]
    sandbox: RunnerStatusSandbox
    templates: int
    sessions: int
    maxSessions: int
    draining: bool


class SelectResult(TypedDict):
    graphVersion: int
    uniqueIds: list[str]


class TemplateFrameCommittedItem(TypedDict):
    path: str
    text: str | None


class TemplateFrame(TypedDict):
    type: Literal["template"]
    committed: list[TemplateFrameCommittedItem]


IndexResult = ProjectIndex


IndexPartsResult = IndexParts
