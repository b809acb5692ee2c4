import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from studio.training.losses import dssim, reconstruction_loss, region_terms, sample_terms, weighted


def pictures(seed=0, side=48, n=2):
    random = np.random.default_rng(seed)
    x = random.random((n, 3, side, side))
    return torch.tensor(x), torch.tensor(np.clip(x + random.normal(scale=0.1, size=x.shape), 0, 1))


def dssim_of_scikit_image(x, y):
    each = []
    for a, b in zip(x.numpy().reshape(-1, *x.shape[2:]), y.numpy().reshape(-1, *y.shape[2:]), strict=True):
        _, full = structural_similarity(
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0, full=True
        )
        each.append((1 - full[5:-5, 5:-5].mean()) / 2)
    return float(np.mean(each))


@pytest.mark.parametrize("kind", [torch.float64, torch.float32])
def test_dssim_equals_scikit_images(kind):
    x, y = pictures()
    smooth = torch.linspace(0, 1, 48, dtype=torch.float64).expand(2, 3, 48, 48)
    for a, b in ((x, y), (smooth, smooth.flip(-1)), (smooth, smooth * 0.9)):
        assert dssim(a.to(kind), b.to(kind)).item() == pytest.approx(dssim_of_scikit_image(a, b), abs=1e-5)


@pytest.mark.parametrize("window", [3, 11])
def test_dssim_is_nothing_for_equal_pictures_and_at_most_one(window):
    x, y = pictures()
    assert dssim(x, x, window).item() == pytest.approx(0, abs=1e-12)
    assert 0 < dssim(x, y, window).item() < dssim(x, 1 - x, window).item() <= 1


def test_window_three_is_a_gaussian_of_sigma_one_and_a_half_cut_to_three_pixels():
    x, y = pictures(side=3, n=1)
    line = np.exp(-np.array([1.0, 0.0, 1.0]) / (2 * 1.5**2))
    weight = np.outer(line, line) / line.sum() ** 2
    a, b = x.numpy()[0], y.numpy()[0]
    mean = lambda p: (p * weight).sum((1, 2))  # noqa: E731
    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    ssim = (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    assert dssim(x, y, window=3).item() == pytest.approx(((1 - ssim) / 2).mean(), abs=1e-12)


def by_hand(x_hat, x, masks, weights):
    total = 0.0
    for mask, weight in zip(masks, weights, strict=True):
        a, b = x_hat * mask, x * mask
        total += weight * (dssim_of_scikit_image(a, b) + float(((a - b) ** 2).mean()))
    return total


def region_masks(n=2, side=48):
    face, eyes, mouth = (torch.zeros(n, 1, side, side, dtype=torch.float64) for _ in range(3))
    face[..., 8:40, 8:40] = 1
    eyes[..., 14:20, 12:36] = 1
    mouth[..., 30:36, 18:30] = 1
    return face, eyes, mouth


@pytest.mark.parametrize("kind", ["regions", "nothing", "everything"])
def test_the_loss_is_the_papers_equation(kind):
    x_hat, x = pictures(3)
    masks = region_masks()
    if kind != "regions":
        masks = tuple(torch.full_like(mask, kind == "everything") for mask in masks)
    expected = by_hand(x_hat, x, masks, (1.0, 3.0, 2.0))
    assert reconstruction_loss(x_hat, x, *masks).item() == pytest.approx(expected, abs=1e-5)
    assert reconstruction_loss(x_hat.float(), x.float(), *(m.float() for m in masks)).item() == pytest.approx(
        expected, abs=1e-5
    )


def test_weights_of_eyes_and_mouth_count_as_told():
    x_hat, x = pictures(4)
    terms = region_terms(x_hat, x, *region_masks())
    face, eyes, mouth = terms.sum(0)
    total = reconstruction_loss(x_hat, x, *region_masks(), eye_weight=7.0, mouth_weight=0.5)
    assert total.item() == pytest.approx((face + 7 * eyes + 0.5 * mouth).item())
    assert weighted(terms, 7.0, 0.5).item() == total.item()
    assert weighted(torch.stack([terms, 2 * terms]), 7.0, 0.5).tolist() == [total.item(), 2 * total.item()]


def test_the_parts_of_a_loss_are_the_dissimilarity_and_the_squared_difference_of_each_region():
    x_hat, x = pictures(8)
    masks = region_masks()
    terms = region_terms(x_hat, x, *masks)
    for number, mask in enumerate(masks):
        assert terms[0, number].item() == pytest.approx(dssim_of_scikit_image(x_hat * mask, x * mask), abs=1e-6)
        assert terms[1, number].item() == pytest.approx(((x_hat * mask - x * mask) ** 2).mean().item(), abs=1e-9)


def test_the_terms_of_the_samples_are_those_that_each_has_by_itself():
    x_hat, x = pictures(9, n=3)
    masks = region_masks(n=3)
    masks[1][1] = 0
    terms = sample_terms(x_hat, x, *masks)
    for number in range(3):
        alone = region_terms(*(part[number : number + 1] for part in (x_hat, x, *masks)))
        assert torch.allclose(terms[number], alone, rtol=1e-12)
    assert torch.allclose(terms.mean(0), region_terms(x_hat, x, *masks), rtol=1e-12)


def test_what_lies_outside_the_face_does_not_count():
    x_hat, x = pictures(5)
    masks = region_masks()
    other = torch.where(masks[0] > 0, x_hat, torch.rand_like(x_hat))
    assert reconstruction_loss(other, x, *masks).item() == reconstruction_loss(x_hat, x, *masks).item()


def test_blurred_masks_soften_their_edge_by_one_pixel_only():
    x_hat, x = pictures(6)
    masks = region_masks()
    full = tuple(torch.ones_like(mask) for mask in masks)
    blurred = lambda m: reconstruction_loss(x_hat, x, *m, window=3, mask_blur=True).item()  # noqa: E731
    assert blurred(full) == pytest.approx(reconstruction_loss(x_hat, x, *full, window=3).item(), abs=1e-12)
    assert blurred(masks) != reconstruction_loss(x_hat, x, *masks, window=3).item()
    far = torch.nn.functional.max_pool2d(masks[0], 3, 1, 1)
    other = torch.where(far > 0, x_hat, torch.rand_like(x_hat))
    near = reconstruction_loss(other, x, *masks, window=3, mask_blur=True).item()
    assert near == pytest.approx(blurred(masks), abs=1e-12)


@pytest.mark.parametrize("window", [3, 11])
@pytest.mark.parametrize("masked", ["regions", "nothing", "everything"])
def test_gradients_are_those_of_the_loss(window, masked):
    x_hat, x = pictures(7, side=14, n=1)
    masks = tuple((torch.rand(1, 1, 14, 14, dtype=torch.float64) > 0.5).double() for _ in range(3))
    if masked != "regions":
        masks = tuple(torch.full_like(mask, masked == "everything") for mask in masks)
    x_hat.requires_grad_()
    assert torch.autograd.gradcheck(lambda p: reconstruction_loss(p, x, *masks, window=window), (x_hat,))
