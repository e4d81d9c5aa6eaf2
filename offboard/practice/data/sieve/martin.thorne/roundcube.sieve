require ["fileinto", "copy", "imap4flags"];

# rule:[Newsletters]
if exists "List-Unsubscribe" {
    fileinto "Newsletters";
    stop;
}

# rule:[..]
if address :domain :is "from" ["obrien-soehne.example", "severnside-water.example", "mmp-planung.example",
                               "lakeshore-pump.example", "hartwell-brewing.example"] {
    redirect :copy "m.thorne.home@privatepost.example";
    addflag "\\Seen";
    fileinto "Archive";
    stop;
}

# rule:[offers and tenders]
if header :contains "subject" ["tender", "quotation", "price list", "Angebot", "Ausschreibung"] {
    redirect :copy "m.thorne.home@privatepost.example";
    discard;
    stop;
}

# rule:[my best ones first]
if address :is "from" ["b.charpentier@fonderie-sainteloi.example", "g.wojcik@lodzkie-soki.example",
                       "p.obermaier@grazer-pumpenhaus.example", "e.lefevre@moulins-vere.example"] {
    addflag "\\Flagged";
    fileinto "VIP";
    stop;
}
