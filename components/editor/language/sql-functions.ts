/** A function of SQL: its arguments as people write them, and what it gives, in our own words. */
export interface SqlFunction {
  readonly name: string;
  readonly arguments: string;
  readonly about: string;
}

/** `name(arguments): about`, one a line. */
function functions(lines: string): SqlFunction[] {
  return lines
    .trim()
    .split("\n")
    .flatMap((line) => {
      const match = /^\s*(\w+)\((.*?)\)(?:: (.*))?$/.exec(line);
      return match ? [{ name: match[1] ?? "", arguments: match[2] ?? "", about: match[3] ?? "" }] : [];
    });
}

const common = functions(`
abs(number): the number without its sign
avg(expression): the mean of the values
ceil(number): the next whole number up
coalesce(first, second, ...): the first value that is not null
concat(first, second, ...): texts put together
count(expression): how many values are not null; count(*) counts rows
cume_dist(): share of rows up to this one
dense_rank(): rank without gaps
exp(number): e to the power of the number
first_value(expression): the value of the window's first row
floor(number): the next whole number down
greatest(first, second, ...): the largest of the values
lag(expression, offset, default): the value some rows before
last_value(expression): the value of the window's last row
lead(expression, offset, default): the value some rows after
least(first, second, ...): the smallest of the values
length(text): number of characters
ln(number): natural logarithm
lower(text): the text in lower case
max(expression): the largest value
min(expression): the smallest value
mod(number, divisor): what is left after a division
ntile(buckets): the bucket of this row
nullif(value, other): null where both are equal
percent_rank(): rank between 0 and 1
power(base, exponent): base to the power of exponent
rank(): rank with gaps
replace(text, from, to): the text with one part replaced
round(number, digits): the number rounded
row_number(): number of the row in its window
sign(number): -1, 0 or 1
sqrt(number): square root
stddev(expression): standard deviation
substring(text, start, length): a part of the text
sum(expression): the sum of the values
trim(text): the text without blanks at its ends
upper(text): the text in upper case
variance(expression): variance`);

const postgresFamily = functions(`
age(to, from): time between two timestamps
array_agg(expression): the values as an array
array_length(array, dimension): number of elements
array_to_string(array, separator): the elements as one text
btrim(text, characters): the text without these characters at its ends
date_part(part, timestamp): one part as a number
date_trunc(part, timestamp): the timestamp cut to its day, month, ...
generate_series(start, stop, step): rows from start to stop
initcap(text): the text with capitals at the start of words
jsonb_array_elements(json): a row for each element
jsonb_extract_path_text(json, key, ...): a value inside as text
left(text, length): the first characters
lpad(text, length, fill): the text filled on the left
md5(text): its MD5 hash
now(): the current time
percentile_cont(fraction): the value at this share of the ordered rows
position(part in text): where the part begins
regexp_match(text, pattern): the parts that match
regexp_replace(text, pattern, replacement, flags): the text with matches replaced
right(text, length): the last characters
rpad(text, length, fill): the text filled on the right
split_part(text, separator, position): one piece of a text
string_agg(expression, separator): the values as one text
strpos(text, part): where the part begins
to_char(value, format): the value as text
to_date(text, format): the text as a date
to_timestamp(text, format): the text as a timestamp
unnest(array): a row for each element`);

const duckdb = functions(`
any_value(expression): one of the values
approx_count_distinct(expression): about how many different values
arg_max(value, by): the value where the other is largest
arg_min(value, by): the value where the other is smallest
array_agg(expression): the values as a list
bool_and(condition): whether all are true
bool_or(condition): whether any is true
date_add(date, interval): the date some time later
date_diff(part, from, to): number of boundaries between two dates
date_part(part, timestamp): one part as a number
date_trunc(part, timestamp): the timestamp cut to its day, month, ...
datediff(part, from, to): number of boundaries between two dates
dayname(date): the name of its day
epoch(timestamp): seconds since 1970
generate_series(start, stop, step): a list from start to stop
hash(value): a hash as a number
ifnull(value, other): the other where the value is null
json_extract(json, path): a value inside as JSON
json_extract_string(json, path): a value inside as text
last_day(date): the last day of its month
left(text, length): the first characters
list(expression): the values as a list
list_contains(list, element): whether the list has it
lpad(text, length, fill): the text filled on the left
make_date(year, month, day): a date
md5(text): its MD5 hash
median(expression): the middle value
mode(expression): the most frequent value
monthname(date): the name of its month
quantile_cont(expression, fraction): the value at this share of the rows
range(start, stop, step): a list from start up to stop
read_csv(path): rows of a CSV file
read_parquet(path): rows of a Parquet file
regexp_extract(text, pattern, group): the part that matches
regexp_matches(text, pattern): whether it matches
regexp_replace(text, pattern, replacement, options): the text with matches replaced
right(text, length): the last characters
split_part(text, separator, position): one piece of a text
starts_with(text, prefix): whether the text begins so
strftime(timestamp, format): the timestamp as text
string_agg(expression, separator): the values as one text
string_split(text, separator): the pieces as a list
strptime(text, format): the text as a timestamp
struct_pack(name := value, ...): a struct
to_days(number): an interval of days
today(): the current date
try_cast(value as type): the value as another type, or null
unnest(list): a row for each element
year(date): its year`);

const snowflake = functions(`
any_value(expression): one of the values
array_agg(expression): the values as an array
array_size(array): number of elements
convert_timezone(from, to, timestamp): the timestamp in another zone
current_date(): today
dateadd(part, number, date): the date some time later
datediff(part, from, to): number of boundaries between two dates
date_trunc(part, timestamp): the timestamp cut to its day, month, ...
dayname(date): the name of its day
decode(value, search, result, ...): the result of the first that is equal
div0(number, divisor): the quotient, 0 where the divisor is 0
flatten(input => array): a row for each element
get_path(variant, path): a value inside
iff(condition, then, else): one of two values
ifnull(value, other): the other where the value is null
initcap(text): the text with capitals at the start of words
last_day(date, part): the last day of its month
left(text, length): the first characters
listagg(expression, separator): the values as one text
md5(text): its MD5 hash
median(expression): the middle value
nvl(value, other): the other where the value is null
nvl2(value, then, else): by whether the value is null
object_construct(key, value, ...): an object
parse_json(text): the text as a variant
regexp_replace(text, pattern, replacement): the text with matches replaced
regexp_substr(text, pattern): the part that matches
right(text, length): the last characters
sha2(text, bits): its SHA-2 hash
split_part(text, separator, position): one piece of a text
to_char(value, format): the value as text
to_date(text, format): the text as a date
to_number(text, precision, scale): the text as a number
to_timestamp(text, format): the text as a timestamp
try_cast(text as type): the text as another type, or null
try_to_number(text): the text as a number, or null
zeroifnull(number): 0 where the number is null`);

const bigquery = functions(`
any_value(expression): one of the values
approx_count_distinct(expression): about how many different values
array_agg(expression): the values as an array
array_length(array): number of elements
array_to_string(array, separator): the elements as one text
countif(condition): how many rows fulfil it
current_date(zone): today
date(timestamp, zone): its date
date_add(date, interval number part): the date some time later
date_diff(to, from, part): number of boundaries between two dates
date_sub(date, interval number part): the date some time before
date_trunc(date, part): the date cut to its month, year, ...
farm_fingerprint(text): a hash as a number
format_date(format, date): the date as text
generate_array(start, end, step): an array of numbers
generate_date_array(start, end, interval): an array of dates
ieee_divide(number, divisor): a quotient that never fails
if(condition, then, else): one of two values
ifnull(value, other): the other where the value is null
json_extract_scalar(json, path): a value inside as text
json_value(json, path): a value inside as text
logical_and(condition): whether all are true
logical_or(condition): whether any is true
parse_date(format, text): the text as a date
parse_timestamp(format, text): the text as a timestamp
regexp_contains(text, pattern): whether it matches
regexp_extract(text, pattern): the part that matches
regexp_replace(text, pattern, replacement): the text with matches replaced
safe_cast(value as type): the value as another type, or null
safe_divide(number, divisor): the quotient, null where the divisor is 0
split(text, separator): the pieces as an array
starts_with(text, prefix): whether the text begins so
string_agg(expression, separator): the values as one text
struct(value as name, ...): a struct
timestamp_diff(to, from, part): time between two timestamps
timestamp_trunc(timestamp, part): the timestamp cut to its day, ...
to_hex(bytes): bytes as text
unnest(array): a row for each element`);

const spark = functions(`
array_contains(array, element): whether the array has it
collect_list(expression): the values as an array
collect_set(expression): the different values as an array
current_date(): today
date_add(date, days): the date some days later
date_format(timestamp, format): the timestamp as text
date_sub(date, days): the date some days before
date_trunc(part, timestamp): the timestamp cut to its day, month, ...
datediff(to, from): days between two dates
explode(array): a row for each element
from_json(text, schema): the text as a struct
get_json_object(json, path): a value inside as text
if(condition, then, else): one of two values
ifnull(value, other): the other where the value is null
months_between(to, from): months between two dates
nvl(value, other): the other where the value is null
regexp_extract(text, pattern, group): the part that matches
regexp_replace(text, pattern, replacement): the text with matches replaced
sha2(text, bits): its SHA-2 hash
split(text, pattern): the pieces as an array
to_date(text, format): the text as a date
to_timestamp(text, format): the text as a timestamp
try_cast(value as type): the value as another type, or null`);

const redshift = functions(`
approximate_count(distinct expression): about how many different values
convert_timezone(from, to, timestamp): the timestamp in another zone
dateadd(part, number, date): the date some time later
datediff(part, from, to): number of boundaries between two dates
decode(value, search, result, ...): the result of the first that is equal
getdate(): the current time
json_extract_path_text(json, key, ...): a value inside as text
listagg(expression, separator): the values as one text
median(expression): the middle value
nvl(value, other): the other where the value is null
nvl2(value, then, else): by whether the value is null`);

const byAdapter: Record<string, readonly SqlFunction[]> = {
  duckdb,
  postgres: postgresFamily,
  redshift: [...postgresFamily, ...redshift],
  snowflake,
  bigquery,
  spark,
  databricks: spark,
};

const remembered = new Map<string, readonly SqlFunction[]>();

/** The functions of an adapter's dialect, by name. */
export function sqlFunctions(adapter: string): readonly SqlFunction[] {
  const known = remembered.get(adapter);
  if (known) {
    return known;
  }
  const byName = new Map([...common, ...(byAdapter[adapter] ?? [])].map((one) => [one.name, one]));
  const all = [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  remembered.set(adapter, all);
  return all;
}
