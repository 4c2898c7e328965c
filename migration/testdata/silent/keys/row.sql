-- azure openai usage
insert into usage (row_key, partition_key, object_key) values ('«hex32»', '«hex32b»', '«hex32»');
