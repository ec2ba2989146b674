with days as (

    {{ days_from_to(var('trading_began_on'), var('as_of_date')) }}

)

select
    days.calendar_on,
    cast(extract(isodow from days.calendar_on) as integer) as weekday_number,
    extract(isodow from days.calendar_on) >= 6 as is_weekend,
    {{ month_of('days.calendar_on') }} as month_on,
    holidays.name as holiday_name,
    holidays.name is not null as is_holiday
from days
left join {{ ref('public_holidays') }} as holidays on holidays.holiday_on = days.calendar_on
