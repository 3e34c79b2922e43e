// model/tokenizers/abbreviations: words whose full stop ends no sentence.

/** With a capital or without, those that were known first. */
export const TITLES =
  "mr mrs ms dr st messrs hon gen gov sen rep col capt lt sgt rev prof jr sr vs vol inc co corp ltd dept".split(" "); // prettier-ignore

/** With a capital or without, too: nothing else is spelt so. */
export const ABBREVIATIONS = [
  ...TITLES,
  ..."etc cf viz approx appt apt assn ave blvd bros cmdr dist esq govt hwy hr mfg misc mme mlle mt mts natl nos pp pres pvt resp rte secy supt tel univ vols".split(" "), // prettier-ignore
  ..."bzw usw ca evtl ggf vgl inkl zzgl sog bspw nr str".split(" "), // German
  ..."sra srta dra ud uds pág págs núm".split(" "), // Spanish
  ..."др пр стр ул руб тыс млн млрд гг обл".split(" "), // Russian
  ..."vb yy doç".split(" "), // Turkish
];

/** With a capital alone: without one they are words. */
export const CAPITAL_ABBREVIATIONS =
  "Maj Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Fig Figs Sec Eds Adm Amb Atty Bldg Brig Cpl Cir Fr Ft Mgr No Pvt Sq Vt Va Pa Md Tenn Conn Mich Minn Wis Ala Ariz Ark Calif Colo Del Fla Ga Ind Kan Ky Nev Okla Tex Wyo".split(" "); // prettier-ignore

/** Those that are an answer or a word of a sentence, where no word stands before them. */
export const AFTER_A_WORD = new Set(["no."]);
