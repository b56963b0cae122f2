//! Tells the language of a short text, by its script and by its commonest words.

/// A language is told when at least this share of the words speaks for it.
const SHARE: f32 = 0.2;

/// Words that are common in one language, and rare in the others here.
const COMMON: &[(&str, &str)] = &[
    (
        "en",
        "the and is are you your my i to of in on for with not have has can do does how what where why when it this that please was were be will would could an am me we they from get need want help hi hello thanks there any been cannot can't don't i'm",
    ),
    (
        "de",
        "der die das und ist nicht ich sie wir ein eine einen mit für auf von zu den dem wie was wo warum kann können habe hat bitte mein meine mich mir ihr ihre es auch noch wird wurde danke hallo keine kein möchte sind bei aber im",
    ),
    (
        "fr",
        "le la les et est pas je vous nous un une des du pour avec sur dans mon ma mes votre comment quoi où pourquoi peux pouvez j'ai merci bonjour ne que qui ce cette sont être mais plus veux voudrais s'il plaît suis au",
    ),
    (
        "es",
        "el los las y es no yo usted mi mis un una con para por en de que cómo qué dónde cuándo puedo quiero tengo gracias hola del al su está son pero más favor me ha lo se necesito ayuda cuenta",
    ),
    (
        "it",
        "il lo gli e è non io mi mio mia un una con per di che come cosa dove quando posso voglio ho grazie ciao del della al sono ma più favore questo questa buongiorno vorrei nel",
    ),
    (
        "pt",
        "o os as e é não eu meu minha um uma com para por em de que como onde quando posso quero tenho obrigado obrigada olá do da ao são mas mais favor você está isso preciso",
    ),
    (
        "nl",
        "de het een en is niet ik u wij mijn met voor op van te hoe wat waar waarom kan kunnen heb heeft alstublieft bedankt hallo geen zijn bij maar ook nog wordt graag jullie dit dat",
    ),
    (
        "pl",
        "i w na z nie jest się to do mam jak co gdzie dlaczego kiedy mogę chcę proszę dziękuję mój moja moje dla od czy ale już cześć dzień dobry moim konto",
    ),
    (
        "sv",
        "och är inte jag du vi min mitt en ett med för på av till hur vad var varför kan har tack hej men det att som från ska skulle",
    ),
    (
        "da",
        "og er ikke jeg du vi min mit en et med for på af til hvordan hvad hvor hvorfor kan har tak hej men det at som fra skal",
    ),
    (
        "tr",
        "ve bir bu için ile değil ben siz benim nasıl ne nerede neden merhaba teşekkürler lütfen var yok hesabım istiyorum mı mi",
    ),
    (
        "id",
        "yang dan di ke dari tidak saya anda kami ini itu untuk dengan bagaimana apa dimana kenapa bisa tolong terima kasih akun sudah belum",
    ),
    (
        "vi",
        "và là không tôi bạn của cho với như thế nào gì ở đâu tại sao có thể cảm ơn xin chào được tài khoản",
    ),
    (
        "cs",
        "a je není jsem to na se v s z do jak co kde proč kdy můžu chci prosím děkuji můj moje pro od ale už dobrý den",
    ),
];

/// Scripts that one language is told by.
const SCRIPTS: &[(&str, [u32; 2])] = &[
    ("ja", [0x3040, 0x30ff]),
    ("ko", [0xac00, 0xd7af]),
    ("zh", [0x4e00, 0x9fff]),
    ("ar", [0x0600, 0x06ff]),
    ("he", [0x0590, 0x05ff]),
    ("el", [0x0370, 0x03ff]),
    ("th", [0x0e00, 0x0e7f]),
    ("hi", [0x0900, 0x097f]),
    ("ru", [0x0400, 0x04ff]),
];

/// The ISO 639-1 code of a text's language; none where it cannot be told, as for "ok" or a number.
pub(crate) fn of(text: &str) -> Option<&'static str> {
    if let Some(code) = by_script(text) {
        return Some(code);
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphabetic() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    let mut best = (None, 0);
    for (code, common) in COMMON {
        let hits = words
            .iter()
            .filter(|word| common.split(' ').any(|one| one == **word))
            .count();
        if hits > best.1 {
            best = (Some(*code), hits);
        }
    }
    let share = super::head::real(best.1) / super::head::real(words.len().max(1));
    best.0.filter(|_| share >= SHARE)
}

fn by_script(text: &str) -> Option<&'static str> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let of = |[first, last]: [u32; 2]| {
        text.chars()
            .filter(|c| (first..=last).contains(&u32::from(*c)))
            .count()
    };
    let (code, _) = SCRIPTS.iter().find(|(_, range)| of(*range) * 4 > letters)?;
    let ukrainian = *code == "ru" && text.contains(['і', 'ї', 'є', 'ґ', 'І', 'Ї', 'Є']);
    Some(if ukrainian { "uk" } else { code })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn languages_are_told() {
        for (text, expect) in [
            ("How do I reset my password?", Some("en")),
            ("Wie kann ich mein Passwort zurücksetzen?", Some("de")),
            ("Comment puis-je changer mon adresse ?", Some("fr")),
            ("¿Dónde puedo ver mis facturas?", Some("es")),
            ("Vorrei annullare il mio ordine", Some("it")),
            (
                "Não consigo entrar na minha conta, preciso de ajuda",
                Some("pt"),
            ),
            ("Hoe kan ik mijn wachtwoord wijzigen", Some("nl")),
            ("Jak mogę zmienić hasło?", Some("pl")),
            ("パスワードを忘れました", Some("ja")),
            ("我忘记了密码", Some("zh")),
            ("Я забыл пароль", Some("ru")),
            ("Я забула пароль, допоможіть", Some("uk")),
            ("비밀번호를 잊었어요", Some("ko")),
            ("نسيت كلمة المرور", Some("ar")),
            ("ok", None),
            ("4711", None),
            ("invoice missing", None),
        ] {
            assert_eq!(of(text), expect, "{text}");
        }
    }
}
