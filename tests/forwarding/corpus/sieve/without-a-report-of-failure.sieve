require ["redirect-dsn", "copy"];
redirect :copy :notify "NEVER" :ret "HDRS" "desk@partner.example";
