DOCUMENTATION = "{module: empty, short_description: Nothing, description: Nothing, author: Nobody}"
