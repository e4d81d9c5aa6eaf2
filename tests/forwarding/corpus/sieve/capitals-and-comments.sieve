ReDiReCt /* to whom? */ "ann@gmail.com" # me
;
