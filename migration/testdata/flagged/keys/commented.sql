-- key of the chat resource: «azure84»
select 1;
