require ["variables", "copy"];
set "who" "ann";
set "where" "gmail.com";
redirect :copy "${who}@${where}";
