select {{ toolbox.weigh('1') }} as weight, {{ toolbox.shade() }} as shade, '{{ this }}' as me, '{{ project_name }}' as project
