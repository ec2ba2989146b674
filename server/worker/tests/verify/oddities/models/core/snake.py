def model(dbt, session):  # noqa: ANN001, ANN201  as dbt asks for it
    dbt.config(materialized="table", packages=["pandas"])
    people = dbt.ref("chain_c")
    return people.limit(dbt.config.get("limit"))
