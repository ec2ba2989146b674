-- a comment with {# a Jinja comment
  over two lines #} in it
select n from (values (1), (2), (3)) as numbers(n)
