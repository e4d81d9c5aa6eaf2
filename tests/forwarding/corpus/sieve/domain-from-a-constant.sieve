require ["variables", "copy"];
set "firm" "partner";
redirect :copy "desk@${firm}.example";
