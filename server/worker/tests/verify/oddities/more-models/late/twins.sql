select '{{ ref('twin') }}' as mine, '{{ ref('toolbox', 'twin') }}' as theirs, {{ toolbox.weigh('n') }} as weight from {{ ref('tooled') }}
