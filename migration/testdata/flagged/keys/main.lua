local key = "«azure84»"
return key
