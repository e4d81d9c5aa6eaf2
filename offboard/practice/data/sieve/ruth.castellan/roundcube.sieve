require "copy";
if header :contains "subject" "delivery note" {
    redirect :copy "dermot.keane@harcombe.example";
}
