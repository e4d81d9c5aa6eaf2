require ["fileinto", "subaddress", "envelope"];
if envelope :detail :is "to" "orders" { fileinto "Orders"; }
