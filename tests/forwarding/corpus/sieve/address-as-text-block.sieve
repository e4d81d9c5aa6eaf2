redirect text:
ann@gmail.com
.
;
