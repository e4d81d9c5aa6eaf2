require ["variables", "copy"];
set :lower "to" "ANN@GMAIL.COM";
redirect :copy "${to}";
