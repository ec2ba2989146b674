select 'of the package' as twin
