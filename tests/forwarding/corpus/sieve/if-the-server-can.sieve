require ["ihave"];
if ihave "copy" { redirect :copy "ann.lee@gmail.com"; }
