select 'Straße – “quoted” 日本語 🦦' as schrift, '{{ var("nested").deep.er }}' as größe, {{ "'" ~ config.require('meta').owner ~ "'" }} as owner
