/** Words of Gmail, Yahoo, iCloud, Fastmail, QQ, NetEase and Yandex that mean one thing alone. */
import { rule, type Rule } from "./rules.ts";

export const providerRules: readonly Rule[] = [
  rule("gmail_app_password_needed", 0.98, [
    "application-specific password required",
    "applicationspecificpasswordrequired",
    "invalidsecondfactor",
    "support.google.com/mail/?p=badcredentials",
    "support.google.com/mail/accounts/answer/78754",
    "username and password not accepted. learn more",
    /\b534[ -]5\.7\.9\b/,
  ]),
  rule("gmail_two_step_off", 0.97, [
    "the setting you are looking for is not available for your account",
    "app passwords aren't available for your account",
    "您要找的设置不适用于您的账号",
  ]),
  rule("gmail_imap_off", 0.98, [
    "your account is not enabled for imap use",
    "imap access is disabled for your domain",
    "not enabled for imap",
  ]),
  rule("gmail_web_sign_in", 0.97, [
    "please log in via your web browser",
    "webalert",
    "webloginrequired",
    "web login required",
    "please log in with your web browser",
    /\b534[ -]5\.7\.14\b/,
  ]),
  rule("yahoo_app_password_needed", 0.96, [
    "mbr1212",
    "auth005",
    "help.yahoo.com/kb",
    "generate an app password yahoo",
  ]),
  rule("icloud_app_password_needed", 0.97, [
    "app-specific password is required to sign in",
    "app-specific password",
    "app 专用密码",
  ]),
  rule("fastmail_app_password_needed", 0.95, [
    "you need to use an app password",
    "fastmail.help",
    "app password required",
  ]),
  rule("qq_authorization_code_needed", 0.96, [
    "请使用授权码登录",
    "使用授权码登录",
    "service.mail.qq.com",
    "please using authorized code to login",
  ]),
  rule("netease_unsafe_login", 0.98, ["unsafe login", "kefu@188.com"]),
  rule("netease_authorization_code_needed", 0.9, [
    "使用客户端授权码",
    "客户端授权密码",
    "authorization code instead of password",
  ]),
  rule("service_closed", 0.9, [
    "service is not open",
    "service not open",
    "服务未开启",
    "未开启imap",
    "未开启pop3",
    "imap服务未开启",
    "尚未开启",
  ]),
  rule("netease_service_off", 0.93, ["user has no permission"]),
  // It names every cause at once; most often the account's password stands in the code's place.
  rule("qq_authorization_code_needed", 0.97, [
    "account is abnormal, service is not open, password is incorrect",
  ]),
  rule("yandex_app_password_needed", 0.96, [
    "invalid credentials or imap is disabled",
    "does not have access rights to this service",
    "application password is required",
    "imap is disabled in your mail settings",
    "please enable imap in your",
  ]),
];
