{% set tests = namespace(count=0) %}
{% for one in selected_resources if one.startswith('test.') %}{% set tests.count = tests.count + 1 %}{% endfor %}
select {{ 'model.oddities.selected' in selected_resources }} as here, {{ tests.count }} as tests
