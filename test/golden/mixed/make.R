# Reference numbers for the mixed model and CR2: Rscript make.R, in this folder.
# R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, clubSandwich 0.5.8 (Debian 12: r-cran-lmertest r-cran-clubsandwich).
suppressMessages({ library(lmerTest); library(clubSandwich) })
options(digits = 15)
set.seed(20)
units <- 8
levels <- function(n, sd) rnorm(n) * sd
designs <- list(
  # 20 prompts of 8 volumes, alternately off and on
  balanced = data.frame(prompt = rep(1:20, each = 8), on = rep(0:1, each = 8, times = 10)),
  # 18 prompts of 2 to 19 volumes, in threes; a covariate of the prompt
  unbalanced = local({
    n <- 2:19
    d <- data.frame(prompt = rep(1:18, n), on = rep(rep(0:1, each = 3, times = 3), n))
    d$length <- rep(scale(n)[, 1], n)
    d
  }),
  # 15 prompts of 3 lengths; the position within the prompt, and a slow drift
  within = local({
    n <- rep(c(4, 9, 16), 5)
    d <- data.frame(prompt = rep(1:15, n), on = rep(rep(0:1, length.out = 15), n))
    d$position <- sequence(n) - 1
    d$drift <- cos(pi * (seq_len(sum(n)) - 0.5) / sum(n))
    d
  })
)
icc <- c(0, 0.02, 0.1, 0.25, 0.25, 0.5, 0.7, 0.9)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-11, maxfun = 1e5),
                     check.conv.singular = "ignore", check.conv.grad = "ignore", check.conv.hess = "ignore")
number <- function(x) trimws(formatC(x, digits = 15, format = "g"))
for (name in names(designs)) {
  d <- designs[[name]]
  columns <- setdiff(names(d), "prompt")
  y <- sapply(seq_len(units), function(u) {
    sqrt(icc[u]) * rnorm(max(d$prompt))[d$prompt] + sqrt(1 - icc[u]) * rnorm(nrow(d)) + 0.3 * d$on
  })
  y <- round(100 + 10 * y, 4)
  colnames(y) <- paste0("y", seq_len(units))
  write.table(cbind(as.data.frame(lapply(d, number)), as.data.frame(apply(y, 2, number))),
              paste0(name, "_data.tsv"), sep = "\t", quote = FALSE, row.names = FALSE)
  rows <- list()
  for (u in seq_len(units)) {
    d$y <- y[, u]
    formula <- reformulate(columns, "y")
    fit <- suppressMessages(lmer(update(formula, . ~ . + (1 | prompt)), d, REML = TRUE, control = tight))
    vc <- as.data.frame(VarCorr(fit))$vcov
    table <- coef(summary(fit, ddf = "Satterthwaite"))
    ols <- lm(formula, d)
    cr2 <- coef_test(ols, vcov = "CR2", cluster = d$prompt, test = "Satterthwaite")
    df_cr2 <- if (is.null(cr2$df_Satt)) cr2$df else cr2$df_Satt
    for (column in rownames(table)) {
      i <- match(column, rownames(table))
      rows[[length(rows) + 1]] <- data.frame(
        unit = u - 1, column = sub("(Intercept)", "constant", column, fixed = TRUE),
        tau2 = number(vc[1]), sigma2 = number(vc[2]),
        effect = number(table[i, "Estimate"]), variance = number(vcov(fit)[i, i]),
        dof = number(table[i, "df"]), t = number(table[i, "t value"]), p = number(table[i, "Pr(>|t|)"]),
        ols_effect = number(coef(ols)[i]), cr2_variance = number(cr2$SE[i]^2), cr2_dof = number(df_cr2[i])
      )
    }
  }
  write.table(do.call(rbind, rows), paste0(name, "_fits.tsv"), sep = "\t", quote = FALSE, row.names = FALSE)
}
