//! Which keys name secrets. A key is cut into words (`dbPassword`, `DB_PASSWORD` and `db-password` alike), and the words
//! decide, so that `tokenizer` is no token and `secretName` no secret.

/// The words, as Markdown.
#[must_use]
pub fn secret_words() -> String {
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    format!(
        "- Secret is the value of a key that has one of these words: {}.\n\
         - Or a word that ends in one of these: {}.\n\
         - Or the word `key` or `keys` behind one of these: {}; or `connection string`.\n\
         - Or as its last word, where the value is text: {}.\n\
         - Not secret, even below such a key, is a text under a key whose last word tells where a secret is or what it is like: {}; nor under one \
         with `existing` in it, `pullSecret` and `passwordKey` and their like, or a word of counting: {}.\n",
        list(SECRET),
        list(SECRET_ENDINGS),
        list(KEYS),
        list(SECRET_AT_END),
        list(REFERENCE),
        list(COUNTS),
    )
}

/// What a key says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// The value, and everything under it, is secret.
    Secret,
    /// Secret if it is a text; as a map it holds settings, such as `auth: {enabled: true}`.
    SecretIfScalar,
    /// It says where a secret is or how it is used, even under a key that names a secret.
    Reference,
    /// It says nothing.
    Neutral,
}

/// Words that name a secret, alone or among others.
const SECRET: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "creds",
    "dsn",
    "htpasswd",
    "dockerconfigjson",
    "dockercfg",
    "kubeconfig",
];

/// Endings of words that are written together, such as `rootpassword` or `clientsecret`.
const SECRET_ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "masterkey",
    "encryptionkey",
    "signingkey",
    "connectionstring",
];

/// Words that make `key` behind them a secret.
const KEYS: &[&str] = &[
    "api",
    "access",
    "private",
    "secret",
    "encryption",
    "signing",
    "account",
    "shared",
    "master",
    "ssh",
    "deploy",
    "license",
    "hmac",
    "jwt",
    "auth",
    "storage",
];

/// Words that are a secret only at the end, and only as text: `pass`, `auth`.
const SECRET_AT_END: &[&str] = &["pass", "auth", "authorization", "bearer"];

/// Last words that make a key tell of a secret instead of holding it: `secretName`, `tokenTTL`, `password_file`.
const REFERENCE: &[&str] = &[
    // Where it is.
    "name",
    "names",
    "namespace",
    "ref",
    "refs",
    "reference",
    "references",
    "path",
    "paths",
    "dir",
    "directory",
    "file",
    "files",
    "filename",
    "mount",
    "mounts",
    "volume",
    "volumes",
    "store",
    "provider",
    "backend",
    "engine",
    "url",
    "uri",
    "endpoint",
    "host",
    "port",
    "resource",
    "resources",
    "username",
    "user",
    // What it is like.
    "type",
    "kind",
    "class",
    "mode",
    "format",
    "encoding",
    "algorithm",
    "length",
    "size",
    "version",
    "template",
    "schema",
    "policy",
    "prefix",
    "suffix",
    "header",
    "field",
    "issuer",
    "audience",
    "audiences",
    "annotations",
    "labels",
    "items",
    "selector",
    "description",
    // How long and whether.
    "ttl",
    "expiry",
    "expiration",
    "expires",
    "seconds",
    "minutes",
    "hours",
    "days",
    "timeout",
    "interval",
    "enabled",
    "enable",
    "disabled",
    "disable",
    "create",
    "created",
    "optional",
    "required",
    "rotate",
    "rotation",
    "reload",
    // Which program deals with it.
    "reviewer",
    "review",
    "reviews",
    "generator",
    "operator",
    "controller",
    "manager",
    "webhook",
    "replicas",
];

/// Words that make a number of what follows: `maxTokens`, `tokens_per_minute`.
const COUNTS: &[&str] = &["max", "min", "num", "count", "limit", "per", "total"];

pub(super) fn classify(key: &str) -> KeyClass {
    let words = split(key);
    let Some(last) = words.last().map(String::as_str) else { return KeyClass::Neutral };
    let has = |word: &str| words.iter().any(|have| have == word);
    let is_key_of_secret = matches!(last, "key" | "keys")
        && words.iter().rev().nth(1).is_some_and(|before| is_secret_word(before) && !KEYS.contains(&before.as_str()));
    // `existingSecret` and `imagePullSecrets` name objects; `passwordKey` names a key in one.
    if has("existing") || (has("pull") && (last == "secret" || last == "secrets")) || is_key_of_secret {
        return KeyClass::Reference;
    }
    if REFERENCE.contains(&last) || COUNTS.iter().any(|word| has(word)) {
        return KeyClass::Reference;
    }
    // In `valueFrom` and its like, and in volumes, `secretKeyRef` and `secretName` stand for secrets.
    let is_key = words.iter().zip(words.iter().skip(1)).any(|(before, word)| {
        (matches!(word.as_str(), "key" | "keys") && KEYS.contains(&before.as_str()))
            || (before == "connection" && word == "string")
    });
    if is_key || words.iter().any(|word| is_secret_word(word)) {
        KeyClass::Secret
    } else if SECRET_AT_END.contains(&last) {
        KeyClass::SecretIfScalar
    } else {
        KeyClass::Neutral
    }
}

fn is_secret_word(word: &str) -> bool {
    SECRET.contains(&word) || SECRET_ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// The words of a key, in small letters. Digits end a word and belong to none.
pub(super) fn split(key: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = key.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        if !character.is_alphabetic() {
            words.push(std::mem::take(&mut word));
        } else {
            // `dbPassword` and the `K` of `APIKey` start words.
            let is_end_of_capitals = before.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase());
            if character.is_uppercase() && (before.is_lowercase() || is_end_of_capitals) {
                words.push(std::mem::take(&mut word));
            }
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(class: KeyClass, keys: &[&str]) {
        for key in keys {
            assert_eq!(classify(key), class, "{key}: {:?}", split(key));
        }
    }

    #[test]
    fn keys_of_secrets() {
        check(
            KeyClass::Secret,
            &[
                "password",
                "Password",
                "PASSWORD",
                "dbPassword",
                "DB_PASSWORD",
                "db-password",
                "db.password",
                "rootpassword",
                "PGPASSWORD",
                "password2",
                "passwd",
                "passphrase",
                "pwd",
                "passwordHash",
                "secret",
                "clientSecret",
                "clientsecret",
                "client_secret",
                "secretKey",
                "SECRET_KEY_BASE",
                "secrets",
                "token",
                "apiToken",
                "authtoken",
                "GITHUB_TOKEN",
                "tokens",
                "apikey",
                "apiKey",
                "APIKey",
                "api_key",
                "api-key",
                "apiKeys",
                "accesskey",
                "accessKey",
                "AWS_SECRET_ACCESS_KEY",
                "accessKeyId",
                "privatekey",
                "privateKey",
                "private_key",
                "sshPrivateKey",
                "encryptionKey",
                "credential",
                "credentials",
                "creds",
                "dsn",
                "SENTRY_DSN",
                "connectionstring",
                "connectionString",
                "connection_string",
                ".dockerconfigjson",
                "cookieSecret",
                "jwtSecret",
                "bearerToken",
                "JWT_KEY",
            ],
        );
        check(KeyClass::SecretIfScalar, &["auth", "basicAuth", "pass", "SMTP_PASS", "authorization"]);
    }

    #[test]
    fn keys_that_only_speak_of_secrets() {
        check(
            KeyClass::Reference,
            &[
                "secretName",
                "secretRef",
                "secretKeyRef",
                "existingSecret",
                "existingSecretKey",
                "existingSecretName",
                "existingSecretPasswordKey",
                "passwordKey",
                "adminPasswordKey",
                "tokenKey",
                "userPasswordKey",
                "imagePullSecrets",
                "imagePullSecret",
                "pullSecrets",
                "passwordFile",
                "POSTGRES_PASSWORD_FILE",
                "tokenTTL",
                "tokenExpirationSeconds",
                "expirationSeconds",
                "secretNamespace",
                "tokenUrl",
                "authType",
                "maxTokens",
                "tokens_per_minute",
                "name",
                "path",
                "secretType",
                "secretProviderClass",
                "credentialsPath",
                "tokenReviewer",
                "secretStore",
                "passwordPolicy",
                "username",
                "createSecretEnabled",
                "apiVersion",
            ],
        );
    }

    #[test]
    fn keys_that_say_nothing() {
        check(
            KeyClass::Neutral,
            &[
                "",
                "-",
                "tokenizer",
                "tokenize",
                "secretary",
                "key",
                "keys",
                "tls.key",
                "value",
                "data",
                "bypass",
                "passthrough",
                "ssl-passthrough",
                "passing",
                "compass",
                "author",
                "authors",
                "oauth",
                "monkey",
                "image",
                "publicKey",
                "hostKeys",
                "certificate",
                "session",
                "stringData",
                "keyboard",
                "accessModes",
            ],
        );
    }
}
