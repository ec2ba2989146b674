select 'of the project' as twin
