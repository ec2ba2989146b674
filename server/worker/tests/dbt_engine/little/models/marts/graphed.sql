select {{ graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list | length }} as models
