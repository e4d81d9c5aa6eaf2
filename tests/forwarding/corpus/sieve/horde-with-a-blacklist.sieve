require "fileinto";
# Blacklist
if address :all :comparator "i;ascii-casemap" :is ["From", "Sender", "Resent-From"] ["pushy@shop.example", "boss@client.example"] {
    discard;
    stop;
}
