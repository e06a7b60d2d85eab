# Reference numbers for F tests of the mixed model and CR2, of the data that make.R made: Rscript make-f.R, in
# this folder. R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, clubSandwich 0.5.8 (Debian 12).
suppressMessages({ library(lmerTest); library(clubSandwich) })
tests <- list(
  balanced = list(both = rbind(c(1, 0), c(0, 1))),
  unbalanced = list(
    prompt = rbind(c(0, 1, 0), c(0, 0, 1)),
    mixed = rbind(c(1, 0.5, 0), c(0, 1, -1))
  ),
  within = list(
    slopes = rbind(c(0, 1, 0, 0), c(0, 0, 1, 0)),
    all = rbind(c(0, 1, 0, 0), c(0, 0, 1, 0), c(0, 0, 0, 1))
  )
)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-11, maxfun = 1e5),
                     check.conv.singular = "ignore", check.conv.grad = "ignore", check.conv.hess = "ignore")
number <- function(x) trimws(formatC(x, digits = 15, format = "g"))
for (name in names(tests)) {
  d <- read.delim(paste0(name, "_data.tsv"))
  columns <- setdiff(names(d), c("prompt", paste0("y", 1:8)))
  rows <- list()
  for (u in 1:8) {
    d$y <- d[[paste0("y", u)]]
    formula <- reformulate(columns, "y")
    fit <- suppressMessages(lmer(update(formula, . ~ . + (1 | prompt)), d, REML = TRUE, control = tight))
    ols <- lm(formula, d)
    for (test in names(tests[[name]])) {
      L <- tests[[name]][[test]]
      own <- contestMD(fit, L, ddf = "Satterthwaite")
      robust <- Wald_test(ols, constraints = L, vcov = "CR2", cluster = d$prompt, test = "HTZ")
      rows[[length(rows) + 1]] <- data.frame(
        unit = u - 1, test = test, numerator = nrow(L),
        F = number(own[["F value"]]), dof = number(own[["DenDF"]]), p = number(own[["Pr(>F)"]]),
        htz_F = number(robust$Fstat), htz_dof = number(robust$df_denom), htz_p = number(robust$p_val)
      )
    }
  }
  write.table(do.call(rbind, rows), paste0(name, "_f.tsv"), sep = "\t", quote = FALSE, row.names = FALSE)
}
