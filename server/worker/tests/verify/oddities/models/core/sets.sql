select {% for one in set_strict(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) %}'{{ one }}' || {% endfor %}'' as letters
