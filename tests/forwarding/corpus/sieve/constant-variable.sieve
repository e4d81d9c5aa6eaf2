require "variables";
set "to" "ann@gmail.com";
redirect "${to}";
