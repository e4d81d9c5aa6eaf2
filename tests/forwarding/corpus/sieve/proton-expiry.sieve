require ["vnd.proton.expire"];
expire "day" "10";
