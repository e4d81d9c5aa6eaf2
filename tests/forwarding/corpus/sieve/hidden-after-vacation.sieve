require ["vacation", "copy"];
vacation text:
Away.
.
;
redirect :copy "ann@protonmail.com";
