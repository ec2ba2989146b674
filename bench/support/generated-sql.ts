/** A model that others may refer to. */
export interface Parent {
  readonly name: string;
  readonly columns: readonly string[];
  /** Table of the source that a staging model reads. */
  readonly source: string;
  readonly text: string;
}

const baseColumns = ["id", "customer_id", "amount", "status", "happened_on"] as const;
const statuses = ["placed", "shipped", "completed", "returned"] as const;

/** The same numbers for the same seed on every machine (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Whether a model has the columns that the others select. */
export function isWhole(model: Parent): boolean {
  return model.columns === baseColumns;
}

/** One model of a layer, over a source (without candidates) or over one to four of them, in one of four shapes. */
export function generatedModel({
  next,
  layer,
  number,
  candidates,
}: {
  next: () => number;
  layer: string;
  number: number;
  candidates: readonly Parent[];
}): Parent {
  const name = `${layer}_${String(number).padStart(5, "0")}`;
  const source = `events_${String(number).padStart(5, "0")}`;
  const made = { name, source, columns: baseColumns as readonly string[] };
  if (candidates.length === 0) return { ...made, text: stagingText(number, source) };
  const parents = chosen(next, candidates);
  if (layer === "marts" && number % 2 === 0) {
    const columns = ["id", "happened_on", ...statuses.map((status) => `${status}_amount`)];
    return { ...made, columns, text: monthsText(parents) };
  }
  return { ...made, text: joinText({ next, number, layer, parents }) };
}

function chosen(next: () => number, candidates: readonly Parent[]): Parent[] {
  const wanted = Math.min(1 + Math.floor(next() * 4), candidates.length);
  const parents = new Set<Parent>();
  while (parents.size < wanted) {
    const candidate = candidates[Math.floor(next() * candidates.length)];
    if (candidate !== undefined) parents.add(candidate);
  }
  return [...parents];
}

function stagingText(number: number, source: string): string {
  const group = Math.floor(number / 20);
  const where = number % 5 === 0 ? "\nwhere {{ recent('happened_on') }}" : "";
  return `with source as (
    select * from {{ source('raw_${group}', '${source}') }}
),

renamed as (
    select
        cast(event_id as bigint) as id,
        cast(customer as bigint) as customer_id,
        cast(amount_cents / 100.0 as decimal(12, 2)) as amount,
        lower(trim(status)) as status,
        cast(created_at as date) as happened_on
    from source
    where event_id is not null
)

select * from renamed${where}
`;
}

function joinText({
  next,
  number,
  layer,
  parents,
}: {
  next: () => number;
  number: number;
  layer: string;
  parents: readonly Parent[];
}): string {
  const [first, ...others] = parents;
  const config = layer === "facts" && number % 4 === 0 ? `{{ config(materialized='view', tags=['daily']) }}\n\n` : "";
  const imports = parents.map(
    ({ name }, index) => `${index === 0 ? "first" : `other_${index}`} as (\n    select * from {{ ref('${name}') }}\n)`,
  );
  const key = number % 7 === 0 ? "{{ surrogate_key(['first.id', 'first.customer_id']) }}" : "first.id";
  const amount = amountOf(number, others.length);
  const joins = others.map(
    (_, index) =>
      `    left join other_${index + 1}\n        on other_${index + 1}.customer_id = first.customer_id\n        and other_${index + 1}.happened_on <= first.happened_on\n`,
  );
  const floor = Math.floor(next() * 1000);
  return `${config}with ${imports.join(",\n\n")},

joined as (
    -- ${first?.name ?? ""} and what came before it
    select
        ${key} as id,
        first.customer_id,
        ${amount} as amount,
        coalesce(first.status, 'placed') as status,
        first.happened_on,
        row_number() over (partition by first.customer_id order by first.happened_on desc) as place
    from first
${joins.join("")}    where first.customer_id > ${floor}
)

select id, customer_id, amount, status, happened_on
from joined
where place = 1
`;
}

function amountOf(number: number, others: number): string {
  if (number % 3 === 0) return "{{ cents('first.amount') }}";
  if (number % 997 === 1) return "{{ seldom('first.amount') }}";
  return others > 0 ? "first.amount + coalesce(other_1.amount, 0)" : "first.amount";
}

function monthsText(parents: readonly Parent[]): string {
  const unions = parents.map(({ name }) => `    select id, amount, status, happened_on from {{ ref('${name}') }}`);
  return `with everything as (
${unions.join("\n    union all\n")}
)

select
    min(id) as id,
    date_trunc('month', happened_on) as happened_on,
{{ by_status(['${statuses.join("', '")}']) }}
from everything
group by date_trunc('month', happened_on)
`;
}
