{{ config(tags=['left-out']) }}
select '{{ model.unique_id }}' as id, {{ 'model.with_hyphens.left-out' in selected_resources }} as is_selected from {{ ref('order-lines') }}
